-- Whether local midnights of a site fall on whole hours of UTC, in winter and in summer: only then are hourly
-- aggregates exact for its days (not in India or Nepal).
create or replace view plant.site_zone as
select
    site_id,
    code,
    time_zone,
    date_part('minute', timestamp '2026-01-01 00:00' at time zone time_zone at time zone 'UTC') = 0
    and date_part('minute', timestamp '2026-07-01 00:00' at time zone time_zone at time zone 'UTC') = 0 as is_whole_hour
from plant.site;
comment on view plant.site_zone is 'Time zones of sites, and whether their hours are whole hours of UTC';
