# SPDX-License-Identifier: Apache-2.0
"""python3 make.py INSULA DIR: makes the sessions of this example with PyNWB.

INSULA is the program. `insula simulate` makes how often two regions spike in bins of 100 ms; this
script gives each spike to one of three units of its region and a time in its bin, and writes what
was shown, when the mouse was engaged, and a running wheel that has nothing to do with either.
"""
import datetime
import os
import subprocess
import sys
import tempfile

import numpy as np
from hdmf.backends.hdf5.h5_utils import H5DataIO
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.behavior import BehavioralTimeSeries
from pynwb.epoch import TimeIntervals
from pynwb.file import Subject

insula, out = sys.argv[1:3]
here = os.path.dirname(os.path.abspath(__file__))
os.makedirs(out, exist_ok=True)
BIN, UNITS = 0.1, 3


def spikes_of(counts, random):
    times = [[] for _ in range(UNITS)]
    for k, count in enumerate(counts):
        for unit, place in zip(random.integers(UNITS, size=count), random.uniform(0, 0.9999, count)):
            # To a tenth of a millisecond, as a sorter knows them.
            times[unit].append(round(k * BIN + BIN * place, 4))
    return [np.sort(t) for t in times]


def packed(numbers):
    return H5DataIO(np.asarray(numbers), compression="gzip", compression_opts=9, shuffle=True)


with tempfile.TemporaryDirectory() as twin:
    subprocess.run([insula, "simulate", os.path.join(here, "recipe.yaml"), "--out", twin + "/data"],
                   check=True, stdout=subprocess.DEVNULL)
    events = np.genfromtxt(f"{twin}/data/events.tsv", names=True, delimiter="\t", dtype=None,
                           encoding="utf8")
    for day in (1, 2):
        random = np.random.default_rng(day)
        nwb = NWBFile("Moving dots, to a mouse that is engaged or not", f"insula-nwb-{day}",
                      datetime.datetime(2026, 1, day, tzinfo=datetime.timezone.utc),
                      session_id=f"day-{day}")
        nwb.subject = Subject(subject_id="m1", species="Mus musculus", age="P90D")
        group = nwb.create_electrode_group("shank", "one shank", "visual cortex",
                                           nwb.create_device("probe"))
        for region in ("V1", "LM"):
            nwb.add_electrode(location=region, group=group)
        counts = np.genfromtxt(f"{twin}/data/m1_day-{day}_spikes.tsv", names=True, delimiter="\t")
        for electrode, region in enumerate(("V1", "LM")):
            for times in spikes_of(counts[region].astype(int), random):
                nwb.add_unit(spike_times=times, electrodes=[electrode])
        for name, about in (("dots", "moving dots were shown"), ("engaged", "the mouse licked")):
            intervals = TimeIntervals(name=name, description=about)
            for event in events[events["trial_type"] == name]:
                intervals.add_row(start_time=float(event["onset"]),
                                  stop_time=float(event["onset"] + event["duration"]))
            nwb.add_time_intervals(intervals)
        speed = np.cumsum(random.normal(0, 0.5, 1600)).round(2)
        wheel = TimeSeries(name="running_speed", data=packed(speed.astype("float32")), unit="cm/s",
                           rate=10.0)
        behaviour = nwb.create_processing_module("behavior", "a running wheel")
        behaviour.add(BehavioralTimeSeries(time_series=[wheel]))
        with NWBHDF5IO(os.path.join(out, f"m1_day-{day}.nwb"), "w") as io:
            io.write(nwb, cache_spec=False)
