create or replace function ops.note_restore_check(
    p_file text, p_made_at timestamptz, p_rows bigint, p_duration_s float8, p_difference text
) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    insert into ops.restore_check (file, made_at, rows, duration_s, difference)
    values (p_file, p_made_at, p_rows, p_duration_s, p_difference);
end;
comment on function ops.note_restore_check(text, timestamptz, bigint, float8, text) is
'Notes that a backup was restored into a scratch database, and in what it differed';
