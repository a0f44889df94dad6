"""The commands behind `chattui …`: one module each, `run(arguments, environ) -> exit code`. `chattui.cli` chooses.

arguments   the parser: names, help and examples of every command
world       arguments -> folders, configuration, endpoints, store
output      standard output and standard error: what is safe to print, and how a sentence looks
exits       the exit codes
"""
