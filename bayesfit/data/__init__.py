"""Runs: from a file or a frame to one checked table, and the rows of it that a law explains.

`readers` turn files into frames, `folders` joins those of a folder, `exports` gives what trackers
of experiments export a row for each run and step, and `names` reads the names of runs. `columns`
brings names and units to one form and checks every value, and `runs` holds the table that all else
is given. `units` sees which rows belong to one training run, `curves` and `envelope` reduce tables
of training curves, and `rows` chooses among them by what a law declares. `isoflop` finds profiles
of equal compute.
"""
