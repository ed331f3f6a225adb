-- By the clock of the plant. An hour counts where a machine was measured whole; the machines' means are added up, so that
-- a gap of one does not make the sum smaller.
create function api.energy_by_weekday(p_from timestamptz, p_to timestamptz, p_machines text[] default null)
returns table (hour text, mon float8, tue float8, wed float8, thu float8, fri float8, sat float8, sun float8, hours bigint)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with slot as (
        select h.place, date_part('hour', h.time at time zone h.time_zone)::int as hour,
            date_part('isodow', h.time at time zone h.time_zone)::int as weekday, avg(h.energy_kwh) as kwh, count(*) as hours
        from analytics.energy_hour as h
        cross join (select t.value::float8 as minimum from ops.setting as t where t.name = 'energy_minimum_coverage') as c
        where h.level = 'machine' and (p_machines is null or h.place = any (p_machines)) and h.time >= p_from and h.time < p_to
            and h.coverage >= c.minimum and h.energy_kwh is not null
        group by 1, 2, 3
    ),
    whole as (
        -- all machines that have any hour, or it is no sum
        select s.hour, s.weekday, sum(s.kwh) as kwh, min(s.hours) as hours
        from slot as s
        group by s.hour, s.weekday
        having count(*) = (select count(distinct x.place) from slot as x)
    ),
    share as (
        select w.hour, w.weekday, w.hours, 100 * w.kwh / nullif(avg(w.kwh) over (), 0) as percent
        from whole as w
    )
    select to_char(make_time(s.hour, 0, 0), 'HH24:MI'),
        max(s.percent) filter (where s.weekday = 1), max(s.percent) filter (where s.weekday = 2),
        max(s.percent) filter (where s.weekday = 3), max(s.percent) filter (where s.weekday = 4),
        max(s.percent) filter (where s.weekday = 5), max(s.percent) filter (where s.weekday = 6),
        max(s.percent) filter (where s.weekday = 7), sum(s.hours)::bigint
    from share as s
    group by s.hour
    order by s.hour
$$;
comment on function api.energy_by_weekday(timestamptz, timestamptz, text[]) is
'Energy of machines together by hour of the day and weekday, by the clock of the plant, in percent of the mean of all these hours of the week; NULL where an hour of one of them was never measured whole; hours: how many of the row are behind it';
