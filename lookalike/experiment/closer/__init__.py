"""A closer look at a readout: days, segments, scores, extremes, random splits."""
