"""Publishing: one transaction builds, derives, validates, freezes and commits a release."""
