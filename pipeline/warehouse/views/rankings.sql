-- Each state's place in its year by number and by rate, 1 the highest; ranked says among how many, as many sheets may be missing.
select
    year,
    metric,
    jurisdiction,
    name,
    value,
    rank() over (partition by year, metric order by value desc) as rank_by_value,
    count(*) over (partition by year, metric) as ranked,
    per_100000_residents,
    case when per_100000_residents is not null then
        rank() over (partition by year, metric order by per_100000_residents desc nulls last)
    end as rank_by_rate,
    count(per_100000_residents) over (partition by year, metric) as ranked_by_rate
from rates
order by year, metric, rank_by_value, jurisdiction
