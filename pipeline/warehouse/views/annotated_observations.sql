-- Observations with what keeps them from being compared as they are; one row for each note, or one without.
select
    observations.observation_id,
    observations.year,
    observations.jurisdiction,
    observations.metric,
    observations.value,
    observations.qualifier,
    observations.lower,
    observations.upper,
    comparability.kind,
    comparability.note
from observations
left join comparability
    on comparability.metric = observations.metric
    and comparability.from_year <= observations.year
    and (comparability.to_year is null or comparability.to_year >= observations.year)
order by observations.observation_id, comparability.kind
