"""Fits of many series at once: numpy over a matrix with one row a series, NaN where nothing is."""
