"""Side-by-side measurements, a command each. Ratios within one run; never a timed test."""
