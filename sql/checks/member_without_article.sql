-- a member whose article is not there, or stands in another story
select members.article_id, members.story_id
from members anti join articles using (article_id, story_id)
