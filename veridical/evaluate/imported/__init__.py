"""Results that other harnesses wrote, taken over as result files: lmms-eval's and VLMEvalKit's layouts.

A number is taken as the harness printed it. Where the mean of its rows' scores is that number, it gets an interval from the rows and
can be tested between two models; where it is not, it stays as it was printed. What cannot be taken over is listed.
"""
