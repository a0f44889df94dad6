"""A server on loopback that answers as it is told: for trying clients, chattui among them.

    scripts   what it can be told: slow, cut, cumulative … in three wire formats; and tapes as answers
    server    the sockets

A script is one Answer for each request, the last one for all further ones.
"""
