"""The site: pages of a release, their folder and their server."""
