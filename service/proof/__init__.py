"""Delivery proved: something marked goes in at the front of a pipeline, and is found in bucket, copy and our own queue.

A proof goes on in short looks (`steps.look`); between two of them it is a few lines of JSON with its operation, so that nobody
waits: no worker and no lease. A front says what went in (`fronts`), the rest is the same for every kind.
"""
