-- A view and no function: a reader may call functions of api only, and a view runs as its owner.
create or replace view analytics.regime as
select
    r.reference_id as regime,
    r.code as name
from plant.reference as r
union all
values (0, 'none'), (-1, 'idle'), (-2, 'lot without reference');
comment on view analytics.regime is 'Regimes for people: the code of a reference, none, idle, or lot without reference';
