"""Many sheets: what has changed is worked on in batches, by whichever processes there are."""
