// SPDX-License-Identifier: Apache-2.0
// `insula import` and `insula export`: what may be typed of other programs' files.
#include <memory>

#include "framework/command/command.h"
#include "framework/command/detail/command_line.h"

namespace insula::command {
namespace {

constexpr const char* kImportFooter = R"(Examples:
  insula import spm DCM.mat --out study
  insula import spm DCM_forward.mat DCM_backward.mat --out study
  insula import spm GLM/sub-*/DCM_full.mat --out group
  insula import spm SPM.mat VOI_V1_1.mat VOI_V5_1.mat --out study
  insula import bids ds000001 --task balloon --atlas Schaefer100 --out study
  insula import bids ds000001 --derivatives fmriprep --derivatives xcp_d --task balloon \
      --confounds motion24+acompcor --censor '0.5 mm' --out study
  insula import bids ds000001 --task balloon --atlas Glasser.dlabel.nii --region L_V1_ROI --out study
  insula import nwb sub-1_ses-1.nwb sub-1_ses-2.nwb --bin '50 ms' --out study
  insula import nwb 000017 --series pupil --series running_speed --out study
  insula import images sub-01_task-rest_bold.nii.gz --atlas dseg.nii.gz --labels dseg.tsv \
      --events sub-01_task-rest_events.tsv --out study
  insula import images sub-01_task-rest.dtseries.nii --atlas Schaefer.dlabel.nii --out study
  insula import images sub-01_hemi-L_bold.func.gii sub-01_hemi-R_bold.func.gii \
      --atlas aparc.hemi-L.label.gii --atlas aparc.hemi-R.label.gii --out study

What is imported:
  spm   a DCM for fMRI (DCM.mat, estimated or not): its masks a, b, c and d as an architecture,
        DCM.Y and DCM.U as a dataset of tables, and an experiment that fits them as SPM does.
        Several files must hold the same data; each becomes a hypothesis. Files of several
        folders are of several subjects, who are fitted as a group.
        `insula run study/experiment.yaml` takes it from there.
        Or SPM.mat with VOI_*.mat: conditions as inputs and first eigenvariates as series, a run
        for each session. `insula new model --from study/dataset.yaml` takes it from there.
  bids  a BIDS dataset, one task: series of regions that a pipeline wrote (_timeseries.tsv, or
        CIFTI's _timeseries.ptseries.nii), physiology and pupils beside them, events as inputs,
        answered events or a table of behaviour as trials, participants.tsv. The manifest,
        dataset.yaml, refers to the files where they lie; series of CIFTI become tables beside it.
        An atlas that is a file of labels is laid over what fMRIPrep wrote: .dlabel.nii over
        _bold.dtseries.nii, .nii.gz over _desc-preproc_bold.nii.gz on its grid. Without images, or
        with `--atlas none`, all but the series.
        Confounds: motion6, motion12, motion24, wm_csf, wm_csf8, gsr, gsr4, acompcor, highpass,
        joined by '+'. `insula new model --from study/dataset.yaml` takes it from there.
  nwb   sessions of NWB 2, a file each, or all .nwb below a folder: units as counts of spikes in
        bins (also by region, where the electrodes' locations are known), series that have a rate
        or timestamps (pupil, running, calcium, fields, …), trials, other intervals, licks and
        rewards. Series stay in the file; what is counted, and tables, lie beside dataset.yaml.
        `insula new model --from study/dataset.yaml` takes it from there.
  images  images of the brain over time, each a run: NIfTI (.nii, .nii.gz) with an atlas of labels
        on the same grid, CIFTI (.dtseries.nii with a .dlabel.nii, or .ptseries.nii alone), GIFTI
        (.func.gii with a .label.gii; of hemi-L and hemi-R of a run each with its own, they become
        one run). A table with the mean, or the first eigenvariate as SPM takes it, of each region.
        Names like sub-01_task-rest_run-1_… tell subjects and runs.

The folder must be empty or new.)";

constexpr const char* kExportFooter = R"(Examples:
  insula export spm experiment.yaml --out spm
  insula export spm experiment.yaml --results results/attention --model gated --out spm

Each hypothesis becomes a DCM.mat, DCM_NAME.mat, which SPM opens; of several subjects each has a
folder. Without --results it is a model to be estimated there: masks, priors, inputs and series.
With the folder of a run it is an estimated one (Ep, Cp, F, y, R, …), for Bayesian model selection,
averaging and PEB. What DCM.mat cannot hold is refused, each part by its name: regions that are not
neuronal, several recordings, loadings, drift, trials, values that are shared.

`insula import spm` reads the files back to the same architectures. The folder must be empty or new.)";

void add_bids(CLI::App* command, dataset::BidsQuestion& typed) {
  command
      ->add_option("--derivatives",
                   typed.derivatives,
                   "bids: a pipeline's folder; may be repeated; default: all in derivatives/")
      ->type_name("DIR")
      ->allow_extra_args(false);
  const auto add = [&](const char* name, std::string& value, const char* type, const char* about) {
    command->add_option(name, value, about)->type_name(type);
  };
  add("--task", typed.task, "NAME", "bids: default: the only one");
  add("--space", typed.space, "NAME", "bids: of the series, where there are several");
  add("--den", typed.den, "NAME", "bids: of the series, where there are several (also of res)");
  add("--desc", typed.desc, "NAME", "bids: of the series, where there are several");
  add("--confounds", typed.confounds, "STRATEGY", "bids: default: none");
  add("--censor", typed.censor, "LENGTH", "bids: framewise displacement, '0.5 mm'; default: none");
  add("--response",
      typed.response,
      "COLUMN",
      "bids, nwb: the answers; default: response (nwb: or choice)");
}

void add_images(CLI::App* command, ImportArguments& typed) {
  command
      ->add_option("--atlas",
                   typed.atlases,
                   "bids: of the series (default: the only one; none: no series), or a file of "
                   "labels; images: the file of labels, or repeated, one for each hemisphere")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      ->add_option("--region", typed.bids.regions, "bids, images: this one, repeated; default: all")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--labels", typed.bids.labels, "images, bids: a table with the columns index and name")
      ->type_name("FILE");
  command
      ->add_option(
          "--take", typed.take, "images, bids: of each region mean (the default), eigenvariate")
      ->type_name("WHAT");
  command->add_option("--interval", typed.interval, "images: between samples; default: as they say")
      ->type_name("TIME");
  command
      ->add_option("--events",
                   typed.events,
                   "images: a table of onsets, for all images or repeated, one for each")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

}  // namespace

void add_import(CLI::App& app, Action& action) {
  CLI::App* command = add_command(
      app, "import", "Turn other programs' files into documents and tables", kImportFooter);
  const auto typed = std::make_shared<ImportArguments>();
  command->add_option("FORMAT", typed->format, "What the files are: spm, bids, nwb, images")
      ->required();
  command
      ->add_option("FILE",
                   typed->files,
                   "One or several files; bids: the dataset's folder; nwb: folders too")
      ->required();
  command->add_option("--out", typed->out, "Folder of what is written")
      ->type_name("DIR")
      ->required();
  add_bids(command, typed->bids);
  command
      ->add_option("--series",
                   typed->series,
                   "nwb: these alone, repeated; default: all of up to 20 million numbers")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_option("--bin", typed->bin, "nwb: of counts; default: 100 ms")->type_name("TIME");
  add_images(command, *typed);
  command->callback([&action, typed] { action = [typed] { return import_files(*typed); }; });
}

void add_export(CLI::App& app, Action& action) {
  CLI::App* command = add_command(
      app, "export", "Turn hypotheses and fits into other programs' files", kExportFooter);
  const auto typed = std::make_shared<ExportArguments>();
  command->add_option("FORMAT", typed->format, "What the files become: spm")->required();
  command->add_option("EXPERIMENT", typed->experiment, "The experiment's file")->required();
  command->add_option("--results", typed->results, "Folder of its run; default: nothing is fitted")
      ->type_name("DIR");
  command->add_option("--model", typed->model, "One hypothesis; default: all")->type_name("NAME");
  command->add_option("--out", typed->out, "Folder of what is written")
      ->type_name("DIR")
      ->required();
  command->callback([&action, typed] { action = [typed] { return export_files(*typed); }; });
}

}  // namespace insula::command
