-- Who backs up reads everything (as a member of pg_read_all_data) and writes down that it did.
grant usage on schema ops to lotwatt_backup;
grant execute on function ops.note_backup(text, timestamptz, bigint, text) to lotwatt_backup;
grant execute on function ops.note_restore_check(text, timestamptz, bigint, float8, text) to lotwatt_backup;
