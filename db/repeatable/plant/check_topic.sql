create or replace function plant.check_topic(p_topic text)
returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_topic ~ '[+#]|^/|/$|//|^\$' or length(p_topic) not between 1 and 512 then
        raise exception 'topic "%" is not one that a device publishes on', left(p_topic, 100)
            using errcode = 'invalid_parameter_value',
                hint = 'Give words with single slashes between them and no wildcard, such as plant/L1/DRYER/power.';
    end if;
end
$$;
comment on function plant.check_topic(text) is 'Refuses wildcards, empty levels and broker topics as the topic of a machine or sensor';
