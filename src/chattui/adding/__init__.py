"""An endpoint that chattui does not know yet: from a curl command, an address or a sample answer to a table of TOML.

    curl      a command line -> what it sends           known   which preset or wire format that is
    template  a request's body -> one with placeholders sample  frames of an answer -> rules, and what they would show
    writing   the table as TOML, appended to the configuration

Pure but for `writing`. Nothing here asks the network: `commands.add` does.
"""
