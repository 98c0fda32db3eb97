"""Backup and restore: a copy of the whole installation, of one moment, made while it runs, and proved before it is used.

A backup is a folder:
- `backup.json`, written last: what the backup holds, every file with its size and SHA-256. Without it the backup is
  not finished, and the same command goes on with it.
- `control.sqlite3`, or `control/` with a file a table: the control database, ledger and all.
- `data/`: record logs, raw files, quarantine, uploads, links and issued ids, base libraries, whatever other rooms keep.
- `keys/`: the public halves alone; `keys.sealed`, when asked for: the secret ones under a passphrase.

The moment is that of the control database, which is copied first. Everything else is only ever added to, and is
copied after it: a record log at one version (`files.log_files`), so that what the database speaks of is there, and what
came later is found again as a delivery that changes nothing. What can be derived anew (the serving index) is left out
and made again by the restore.

`manifest` what a backup says of itself, `files` the data folder, `database` the control database, `sealed` the keys,
`making` and `restoring` the two ways.
"""
