-- Each state's best and worst possible place in its year, 1 the highest, by number and by rates; where wordings leave a number open, places are open too. Small counts have none.
-- best_place: Best possible place by number: 1 and the states that must be higher, whatever their wordings leave open; null for small counts.
-- worst_place: Worst possible place by number: 1 and the states that may be higher; null for small counts.
-- ranked: How many states are ranked by number: those with a sheet that prints the figure, small counts apart.
-- best_place_by_residents: Best possible place by the rate per 100,000 residents; null where there is no rate.
-- worst_place_by_residents: Worst possible place by the rate per 100,000 residents; null where there is no rate.
-- ranked_by_residents: How many states have a rate per 100,000 residents.
-- best_place_by_under_18: Best possible place by the rate per 100,000 residents under 18; null where there is no rate.
-- worst_place_by_under_18: Worst possible place by the rate per 100,000 residents under 18; null where there is no rate.
-- ranked_by_under_18: How many states have a rate per 100,000 residents under 18.
with ranked_figures as (
    select
        year,
        metric,
        jurisdiction,
        lower,
        upper,
        per_100000_residents as residents,
        per_100000_residents_lower as residents_lower,
        per_100000_residents_upper as residents_upper,
        per_100000_under_18 as under_18,
        per_100000_under_18_lower as under_18_lower,
        per_100000_under_18_upper as under_18_upper
    from rates
    where not small_count
),

places as (
    select
        mine.year,
        mine.metric,
        mine.jurisdiction,
        1 + count(*) filter (where other.lower > mine.upper) as best_place,
        1 + count(*) filter (
            where other.jurisdiction <> mine.jurisdiction
            and coalesce(other.upper > mine.lower, true)
        ) as worst_place,
        count(*) as ranked,
        1 + count(*) filter (where other.residents_lower > mine.residents_upper) as best_place_by_residents,
        1 + count(*) filter (
            where other.jurisdiction <> mine.jurisdiction
            and other.residents is not null
            and coalesce(other.residents_upper > mine.residents_lower, true)
        ) as worst_place_by_residents,
        count(other.residents) as ranked_by_residents,
        1 + count(*) filter (where other.under_18_lower > mine.under_18_upper) as best_place_by_under_18,
        1 + count(*) filter (
            where other.jurisdiction <> mine.jurisdiction
            and other.under_18 is not null
            and coalesce(other.under_18_upper > mine.under_18_lower, true)
        ) as worst_place_by_under_18,
        count(other.under_18) as ranked_by_under_18
    from ranked_figures as mine
    inner join ranked_figures as other
        on other.year = mine.year
        and other.metric = mine.metric
    group by mine.year, mine.metric, mine.jurisdiction
)

select
    rates.year,
    rates.metric,
    rates.title,
    rates.jurisdiction,
    rates.name,
    rates.printed,
    rates.value,
    rates.qualifier,
    rates.lower,
    rates.upper,
    places.best_place,
    places.worst_place,
    places.ranked,
    rates.per_100000_residents,
    rates.per_100000_residents_lower,
    rates.per_100000_residents_upper,
    case when rates.per_100000_residents is not null then places.best_place_by_residents end as best_place_by_residents,
    case when rates.per_100000_residents is not null then places.worst_place_by_residents end as worst_place_by_residents,
    places.ranked_by_residents,
    rates.per_100000_under_18,
    rates.per_100000_under_18_lower,
    rates.per_100000_under_18_upper,
    case when rates.per_100000_under_18 is not null then places.best_place_by_under_18 end as best_place_by_under_18,
    case when rates.per_100000_under_18 is not null then places.worst_place_by_under_18 end as worst_place_by_under_18,
    places.ranked_by_under_18,
    rates.population_vintage,
    rates.small_count,
    rates.notes
from rates
left join places
    on places.year = rates.year
    and places.metric = rates.metric
    and places.jurisdiction = rates.jurisdiction
order by rates.year, rates.metric, places.best_place nulls last, places.worst_place, rates.jurisdiction
