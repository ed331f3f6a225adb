-- Days of plant time from p_from to p_to, both included, of a place that has a meter.
create or replace function analytics.place_span(p_level text, p_place text, p_from date, p_to date)
returns table (site_id int, time_zone text, from_time timestamptz, to_time timestamptz)
language sql stable
as $$
    select p.site_id, p.time_zone, p_from::timestamp at time zone p.time_zone, (p_to + 1)::timestamp at time zone p.time_zone
    from analytics.place as p
    where p.level = p_level and p.place = p_place
$$;
comment on function analytics.place_span(text, text, date, date) is
'Site, time zone and range of some days of plant time at a machine, line or site';
