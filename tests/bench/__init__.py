"""What the proxy costs, against nginx and Verdaccio: `python -m tests.bench`, and what load must not change (test_under_load)."""
