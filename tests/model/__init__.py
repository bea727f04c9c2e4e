"""The whole proxy against a slow model of it: what may be seen follows from the looks that were taken, and nothing else."""
