"""What is taken from other servers: a mirror takes all of an origin, a harvest some statements.

Nothing of theirs is trusted: all is bounded, verified by its hash where there is one, and comes in
by the door that every contribution comes in by.
"""
