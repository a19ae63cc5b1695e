"""Long runs on real data whose results are committed; study.py says what a study is."""
