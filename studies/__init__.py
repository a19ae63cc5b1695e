"""Long runs on real data whose results are committed. `python -m studies` runs them, `--check` says which are stale."""
