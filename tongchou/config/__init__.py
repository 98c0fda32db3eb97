"""The thin shell: settings, routes, the servers' entry points, the command line and the packs' reader.

Everything here joins rooms and decides nothing. A rule found in this room belongs in another.
"""
