-- Every published figure with all that keeps it from being compared as it is; one row an observation.
select
    observation_id,
    year,
    jurisdiction,
    name,
    scope,
    metric,
    title,
    unit,
    period,
    printed,
    value,
    qualifier,
    lower,
    upper,
    status,
    small_count,
    notes,
    statements
from figures
where observation_id is not null
order by observation_id
