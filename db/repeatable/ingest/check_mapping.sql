-- What a CHECK cannot say. Names of zones are tried as the loader will: it knows no other names.
create or replace function ingest.check_mapping() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.time_zone is not null and not exists (
        select from pg_timezone_names as z where z.name = new.time_zone
    ) then
        raise exception 'mapping %: there is no time zone "%"', new.name, new.time_zone
            using errcode = 'invalid_parameter_value', hint = 'Give an IANA name such as Europe/Madrid.';
    end if;
    -- An error that was found was found in the row as it stood.
    delete from ingest.mapping_error where mapping_id = new.mapping_id;
    return new;
end
$$;

comment on function ingest.check_mapping is 'Refuses a mapping that no loader could use, as far as SQL can tell';

create or replace trigger check_mapping before insert or update on ingest.mapping
for each row execute function ingest.check_mapping();
