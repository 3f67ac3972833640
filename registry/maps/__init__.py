"""Maps: positions projected, and links drawn as lines of scalable vector graphics.

The outline of the world is built by `registry/web/frontend/build.mjs` in the same frame.
"""
