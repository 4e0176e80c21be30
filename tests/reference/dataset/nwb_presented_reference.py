# SPDX-License-Identifier: Apache-2.0
# A small session by PyNWB of what was presented and of times that are invalid, and what PyNWB reads of
# it: python3 nwb_presented_reference.py DIR SEED writes DIR/presented.nwb and DIR/presented.json. Stimuli
# of all kinds: with a rate and with times of their own, of several columns, pictures by their numbers,
# a table of intervals; and recordings of all kinds, of which some samples lie in invalid times.
import datetime
import json
import os
import sys

import numpy as np
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.base import Images
from pynwb.epoch import TimeIntervals
from pynwb.file import Subject
from pynwb.image import GrayscaleImage, ImageSeries, IndexSeries

out = sys.argv[1] if len(sys.argv) > 1 else "."
random = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 7)
start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
nwb = NWBFile("Eight seconds of light", "insula-5p", start, session_id="ses-1")
nwb.subject = Subject(subject_id="mouse 8", species="Mus musculus", age="P90D")

nwb.add_unit(spike_times=np.sort(random.uniform(0, 8, 60)))
for k in range(6):
    nwb.add_trial(start_time=0.25 + 1.25 * k, stop_time=1.25 + 1.25 * k)
# The first stretch ends where the second trial starts, and both ends are ends of bins and samples.
nwb.add_invalid_time_interval(start_time=0.5, stop_time=1.5)
nwb.add_invalid_time_interval(start_time=4.85, stop_time=5.25)

light = random.integers(0, 4, 80) / 4
nwb.add_stimulus(TimeSeries(name="light", data=light, unit="mW", rate=10.0, starting_time=0.0,
                            conversion=0.5))
changes = np.sort(random.uniform(0, 8, 12))
grating = np.column_stack([random.integers(0, 3, 12), np.round(random.uniform(-1, 1, 12), 3)])
nwb.add_stimulus(TimeSeries(name="grating", data=grating, unit="n.a.", timestamps=changes))
pictures = Images(name="pictures", images=[GrayscaleImage(name=f"p{k}", data=np.zeros((2, 2)))
                                           for k in range(3)])
pictures.order_of_images = None
nwb.add_stimulus_template(pictures)
shown = IndexSeries(name="shown", data=random.integers(0, 3, 5).astype("uint32"), unit="N/A",
                    timestamps=0.5 + 1.5 * np.arange(5), indexed_images=pictures)
nwb.add_stimulus(shown)
nwb.add_stimulus(ImageSeries(name="movie", data=np.zeros((4, 2, 2)), unit="n.a.", rate=1.0))
sounds = TimeIntervals(name="sounds", description="heard")
sounds.add_row(start_time=1.0, stop_time=1.5)
sounds.add_row(start_time=6.0, stop_time=7.0)
nwb.add_stimulus(sounds)

even = random.normal(0, 1, 160)
nwb.add_acquisition(TimeSeries(name="even", data=even, unit="mV", rate=20.0, starting_time=0.0))
gap = 0.05 * np.concatenate([np.arange(40), np.arange(50, 160)])
uneven = random.normal(0, 1, 150)
nwb.add_acquisition(TimeSeries(name="uneven", data=uneven, unit="mV", timestamps=gap))

path = os.path.join(out, "presented.nwb")
with NWBHDF5IO(path, "w") as io:
    io.write(nwb, cache_spec=False)

with NWBHDF5IO(path, "r") as io:
    read = io.read()
    trials = read.trials.to_dataframe()
    invalid = read.invalid_times.to_dataframe()
    truth = {
        "light": (read.stimulus["light"].data[:] * read.stimulus["light"].conversion).tolist(),
        "changes": read.stimulus["grating"].timestamps[:].tolist(),
        "grating": read.stimulus["grating"].data[:].tolist(),
        "shown": read.stimulus["shown"].data[:].tolist(),
        "even": read.acquisition["even"].data[:].tolist(),
        "uneven": read.acquisition["uneven"].data[:].tolist(),
        "uneven_times": read.acquisition["uneven"].timestamps[:].tolist(),
        "spike_times": read.units["spike_times"][0].tolist(),
        "start_time": trials["start_time"].tolist(),
        "stop_time": trials["stop_time"].tolist(),
        "invalid": invalid[["start_time", "stop_time"]].values.tolist(),
    }
with open(os.path.join(out, "presented.json"), "w") as file:
    json.dump(truth, file)
