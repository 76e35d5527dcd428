"""A release as pages that people read: static HTML, without a server and without third parties.

Reads a release's own tables, gives a folder of pages. What a figure is was decided before; here
it is only shown. Commands and the asset import it.
"""
