-- one row per edition and language: its articles
-- kind: total
-- says: articles
-- of: language
-- remedy: which sites brought fewer or more; are texts read in the wrong character set?
select
    daily_volume.edition,
    daily_volume.language as subject,
    sum(daily_volume.articles)::double as seen,
    1.0 as weight
from daily_volume
where daily_volume.edition between getvariable('gate_first') and getvariable('gate_day')
group by daily_volume.edition, daily_volume.language
order by daily_volume.edition, daily_volume.language
