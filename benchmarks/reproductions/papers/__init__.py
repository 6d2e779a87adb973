"""One file a paper: `CITATION`, and `PARTS`, functions that yield its rows.

A part that needs a table which is not here raises `tables.Absent`; the rows that were measured
elsewhere then stay as they are, with their date.
"""
