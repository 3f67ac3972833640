"""The soak: everything at once, for a long time, and every answer checked.

`make soak` starts the server on a workspace of its own and puts a mixed load on it from several
processes: queries, documents, dumps, saved queries, hostile queries, clients that read slowly or
leave. Meanwhile it publishes, rolls back, kills query processes and reloads the server. Each answer
is compared with what the dump of its release says, evaluated in a process of the soak's own; it
must be whole, of one release, and of one that was current while the request was under way. At the
end nothing may have leaked.
"""
