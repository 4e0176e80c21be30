# SPDX-License-Identifier: Apache-2.0
# A small session by PyNWB, and what PyNWB reads of it, for tests of the reader:
# python3 nwb_reference.py DIR SEED writes DIR/session.nwb and DIR/session.json. Every kind of thing that
# `insula import nwb` knows is in it once, with awkward corners: a unit without spikes, spikes on the
# edges of bins, ragged columns, float32 with a conversion, uneven timestamps, texts of any script.
import datetime
import json
import os
import sys

import numpy as np
from hdmf.common import DynamicTableRegion
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.behavior import (BehavioralEvents, BehavioralTimeSeries, EyeTracking, PupilTracking,
                            SpatialSeries)
from pynwb.file import Subject
from pynwb.ophys import DfOverF, ImageSegmentation, RoiResponseSeries
from pynwb.testing.mock.ophys import mock_ImagingPlane

out = sys.argv[1] if len(sys.argv) > 1 else "."
random = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 5)
start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
nwb = NWBFile("Twelve seconds of looking", "insula-5", start, session_id="ses-1",
              related_publications=["doi:10.1000/none"])
nwb.subject = Subject(subject_id="mouse 7", species="Mus musculus", age="P90D")

device = nwb.create_device("probe")
group = nwb.create_electrode_group("shank", "a shank", "VISp", device)
for location in ["VISp", "VISp", "LGd", "unknown"]:
    nwb.add_electrode(location=location, group=group)

nwb.add_unit_column("depth", "how deep")
edges = np.sort([0.0, 0.1, 0.2, 0.30000000000000004, 0.3, 0.7, 1.1, 11.999])
spikes = [edges, np.sort(random.uniform(0, 12, 60)), np.array([]),
          np.sort(random.uniform(0, 12, 40)), np.sort(random.uniform(2, 9, 30))]
for times, electrodes in zip(spikes, [[0], [1, 0], [2], [2], [3]]):
    nwb.add_unit(spike_times=times, electrodes=electrodes, obs_intervals=[[0, 5], [6, 12.5]],
                 depth=1.5)

nwb.add_trial_column("choice", "left or right")
nwb.add_trial_column("contrast", "of the grating")
nwb.add_trial_column("response_time", "when it answered")
nwb.add_trial_column("orientation", "of the grating")
nwb.add_trial_column("licks", "when it licked", index=True)
for k in range(8):
    nwb.add_trial(start_time=0.25 + 1.5 * k, stop_time=1.25 + 1.5 * k,
                  choice="left" if k % 3 else "right", contrast=0.125 * k,
                  response_time=float("nan") if k == 4 else 0.25 + 1.5 * k + 0.3 + 0.01 * k,
                  orientation="Größe" if k % 2 else "klein", licks=[0.1] * (k % 3))
nwb.add_epoch(1.0, 4.0, ["a"])
nwb.add_epoch(6.0, 9.0, ["b", "c"])

behaviour = nwb.create_processing_module("behavior", "what it did")
pupil = TimeSeries(name="diameter", data=random.normal(4, 0.2, 240).astype("float32"), unit="mm",
                   rate=20.0, starting_time=0.05, conversion=0.001, offset=0.25)
behaviour.add(PupilTracking(time_series=pupil, name="PupilTracking"))
gaze = SpatialSeries(name="gaze", data=random.normal(0, 1, (120, 2)), reference_frame="screen",
                     unit="degrees", rate=10.0)
behaviour.add(EyeTracking(spatial_series=gaze))
# Nearly even: 50 Hz with a jitter of 1 %. Uneven: a gap of ten samples.
even = 0.02 * np.arange(600) + random.uniform(-1e-4, 1e-4, 600)
speed = TimeSeries(name="running_speed", data=np.cumsum(random.normal(0, 0.1, 600)), unit="cm/s",
                   timestamps=even)
gap = 0.04 * np.concatenate([np.arange(100), np.arange(110, 300)])
whisker = TimeSeries(name="whisker", data=random.normal(0, 1, 290), unit="a.u.", timestamps=gap)
behaviour.add(BehavioralTimeSeries(time_series=[speed, whisker]))
licks = TimeSeries(name="licks", data=np.ones(9), unit="n.a.",
                   timestamps=np.sort(random.uniform(1, 11, 9)))
reward = TimeSeries(name="reward", data=np.ones(3), unit="ml", timestamps=[2.0, 5.5, 8.25])
behaviour.add(BehavioralEvents(time_series=[licks, reward]))
tones = nwb.create_events_table(name="tones", description="heard")
tones.add_column(name="pitch", description="of the tone")
for k in range(6):
    tones.add_row(timestamp=1.0 + 1.75 * k, pitch="high" if k % 2 else "low")

plane = mock_ImagingPlane(nwbfile=nwb)
segmentation = ImageSegmentation()
cells = segmentation.create_plane_segmentation("cells", plane, name="cells")
for _ in range(3):
    cells.add_roi(pixel_mask=[[0, 0, 1.0]])
ophys = nwb.create_processing_module("ophys", "cells")
ophys.add(segmentation)
rois = cells.create_roi_table_region("all", region=[0, 1, 2])
ophys.add(DfOverF(RoiResponseSeries(name="dff", rois=rois, unit="n.a.", rate=10.0,
                                    data=random.normal(0, 1, (120, 3)).astype("float32"))))
nwb.add_acquisition(TimeSeries(name="note", data=random.normal(0, 1, (4, 3, 2)), unit="a.u.", rate=1.0))

path = os.path.join(out, "session.nwb")
with NWBHDF5IO(path, "w") as io:
    io.write(nwb, cache_spec=False)

with NWBHDF5IO(path, "r") as io:
    read = io.read()
    module = read.processing["behavior"]

    def in_units(series):
        data = np.asarray(series.data[:], dtype=float)
        return (data * float(series.conversion) + float(series.offset)).tolist()

    diameter = module["PupilTracking"]["diameter"]
    trials = read.trials.to_dataframe()
    truth = {
        "spike_times": [read.units["spike_times"][u].tolist() for u in range(5)],
        "bins": [np.searchsorted(read.units["spike_times"][u], np.arange(121) * 0.1).tolist()
                 for u in range(5)],
        "diameter": in_units(diameter),
        "diameter_interval": 1 / float(diameter.rate),
        "gaze": in_units(module["EyeTracking"]["gaze"]),
        "running_speed": in_units(module["BehavioralTimeSeries"]["running_speed"]),
        "running_timestamps": module["BehavioralTimeSeries"]["running_speed"].timestamps[:].tolist(),
        "whisker": in_units(module["BehavioralTimeSeries"]["whisker"]),
        "dff": in_units(read.processing["ophys"]["DfOverF"]["dff"]),
        "licks": module["BehavioralEvents"]["licks"].timestamps[:].tolist(),
        "reward": module["BehavioralEvents"]["reward"].timestamps[:].tolist(),
        "start_time": trials["start_time"].tolist(),
        "stop_time": trials["stop_time"].tolist(),
        "contrast": trials["contrast"].tolist(),
        "response_time": [None if np.isnan(t) else t for t in trials["response_time"]],
        "choice": trials["choice"].tolist(),
        "orientation": trials["orientation"].tolist(),
        "epochs": read.epochs.to_dataframe()[["start_time", "stop_time"]].values.tolist(),
    }
with open(os.path.join(out, "session.json"), "w") as file:
    json.dump(truth, file, ensure_ascii=False)
