"""Foreign validators judge a release; run by `make validators`."""
