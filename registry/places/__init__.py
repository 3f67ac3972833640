"""Positions on the globe: degrees, distances and great circles.

This package is a ground floor: it imports nothing of the project.
"""
