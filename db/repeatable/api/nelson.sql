-- L. S. Nelson, The Shewhart control chart: tests for special causes, Journal of Quality Technology 16 (1984). A rule
-- is broken at the point that completes its pattern.
create or replace function api.nelson(p_values float8[], p_center float8, p_sigma float8)
returns table (place int, value float8, moving_range float8, rules int[])
language sql immutable parallel safe
begin atomic
    with point as (
        select x.place, x.value,
            (x.value - p_center) / nullif(p_sigma, 0) as z,
            x.value - lag(x.value) over (order by x.place) as step
        from unnest(p_values) with ordinality as x (value, place)
        where x.value is not null
    ),
    turn as (
        select *, row_number() over o as nth,
            sign(step) as way,
            sign(step) * sign(lag(step) over o) as turns
        from point window o as (order by place)
    ),
    run as (
        select *,
            count(*) filter (where z > 0) over w9 as above_9,
            count(*) filter (where z < 0) over w9 as below_9,
            count(*) filter (where way = 1) over w5 as up_5,
            count(*) filter (where way = -1) over w5 as down_5,
            count(*) filter (where turns = -1) over w12 as turns_12,
            count(*) filter (where z > 2) over w3 as above_3,
            count(*) filter (where z < -2) over w3 as below_3,
            count(*) filter (where z > 1) over w5 as above_5,
            count(*) filter (where z < -1) over w5 as below_5,
            count(*) filter (where abs(z) < 1) over w15 as near_15,
            count(*) filter (where z > 1) over w8 as above_8,
            count(*) filter (where z < -1) over w8 as below_8
        from turn
        window
            w3 as (order by nth rows 2 preceding),
            w5 as (order by nth rows 4 preceding),
            w8 as (order by nth rows 7 preceding),
            w9 as (order by nth rows 8 preceding),
            w12 as (order by nth rows 11 preceding),
            w15 as (order by nth rows 14 preceding)
    )
    select r.place::int, r.value, abs(r.step),
        case when r.z is not null then array_remove(array[
            case when abs(r.z) > 3 then 1 end,
            case when r.above_9 = 9 or r.below_9 = 9 then 2 end,
            case when r.up_5 = 5 or r.down_5 = 5 then 3 end,
            case when r.turns_12 = 12 then 4 end,
            case when (r.z > 2 and r.above_3 >= 2) or (r.z < -2 and r.below_3 >= 2) then 5 end,
            case when (r.z > 1 and r.above_5 >= 4) or (r.z < -1 and r.below_5 >= 4) then 6 end,
            case when r.near_15 = 15 then 7 end,
            case when r.above_8 + r.below_8 = 8 and r.above_8 > 0 and r.below_8 > 0 then 8 end
        ], null) end
    from run as r
    order by r.place;
end;
comment on function api.nelson(float8[], float8, float8) is
'Nelson''s rules 1 to 8 for values in order, against a centre and a sigma: for each value the rules that it completes the breaking of';
