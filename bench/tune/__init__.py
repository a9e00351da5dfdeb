"""Under which execution settings does a network train fastest on this machine?"""
