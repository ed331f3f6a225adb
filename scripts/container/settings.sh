#!/bin/sh
# The image runs this once, when it makes the database: our settings come after its own.
echo "include '/etc/lotwatt/lotwatt.conf'" >>"$PGDATA/postgresql.conf"
