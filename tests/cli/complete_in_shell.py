#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Completes command lines in an interactive bash or zsh, as a user does with a key.

    complete_in_shell.py SHELL RCFILE DIRECTORY

Reads command lines from standard input, types each one in the directory, and has the shell insert all completions of the
last word, unless the line has a tab: a tab completes as far as one completion does. Prints the resulting command lines.
RCFILE is read by the shell at its start; it writes a NUL to the pipe $LINES_TO, and binds two keys:

    Control-B    insert all completions
    Control-E    write the command line and a NUL to the pipe $LINES_TO, and clear the line

No result depends on time: a line is complete when the shell has written it. The exit status is 77 if the system has no
pseudo-terminals, as in a root without /dev/pts.
"""
import os
import pty
import select
import sys
import tempfile
import tty

LIMIT = 100  # seconds
NO_TERMINAL = 77


def start(shell, rcfile, directory, pipe):
    arguments = {
        "bash": ["bash", "--noprofile", "--rcfile", rcfile, "-i"],
        "zsh": ["zsh", "--no-globalrcs", "-i"],
    }[shell]
    home = os.path.dirname(rcfile)
    environment = {
        "HOME": home,
        "ZDOTDIR": home,
        "PATH": os.environ["PATH"],
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "200",
        "LINES": "50",
        "LINES_TO": pipe,
        "XDG_DATA_HOME": os.path.join(home, "share"),
    }
    try:
        pid, terminal = pty.fork()
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(NO_TERMINAL)
    if pid == 0:
        # The shell reads the keys that were typed before it is ready: the terminal must not interpret them.
        tty.setraw(0)
        os.chdir(directory)
        os.execvpe(arguments[0], arguments, environment)
    return pid, terminal


def wait_for_line(terminal, lines):
    """Returns what the shell writes to the pipe before the next NUL. Reads the screen too: it must not fill up."""
    line = b""
    screen = b""
    while not line.endswith(b"\0"):
        ready, _, _ = select.select([terminal, lines], [], [], LIMIT)
        if not ready:
            sys.exit("no answer; the screen has: %r" % screen)
        if terminal in ready:
            try:
                screen += os.read(terminal, 65536)
            except OSError:
                sys.exit("the shell has ended; the screen has: %r" % screen)
        if lines in ready:
            line += os.read(lines, 65536)
    return line[:-1].decode()


def main():
    shell, rcfile, directory = sys.argv[1:]
    with tempfile.TemporaryDirectory() as temporary:
        pipe = os.path.join(temporary, "lines")
        os.mkfifo(pipe)
        lines = os.open(pipe, os.O_RDWR)
        _, terminal = start(shell, rcfile, directory, pipe)
        wait_for_line(terminal, lines)  # the end of RCFILE
        for line in sys.stdin.read().splitlines():
            insert = b"" if "\t" in line else b"\x02"
            os.write(terminal, line.encode() + insert + b"\x05")
            print(wait_for_line(terminal, lines), flush=True)
        os.write(terminal, b"exit\n")
        os.close(terminal)


main()
