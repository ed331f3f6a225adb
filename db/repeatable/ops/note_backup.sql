create or replace function ops.note_backup(p_file text, p_made_at timestamptz, p_size bigint, p_sha256 text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    insert into ops.backup (file, made_at, size, sha256) values (p_file, p_made_at, p_size, p_sha256);
end;
comment on function ops.note_backup(text, timestamptz, bigint, text) is 'Notes that a backup was made';
