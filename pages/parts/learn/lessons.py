"""The lessons in the order in which they are taught."""

from pages.parts.browser.learn import Lesson
from pages.parts.learn.coreset import CORESET
from pages.parts.learn.sensitivity import SENSITIVITY

LESSONS: dict[str, Lesson] = {lesson.name: lesson for lesson in (CORESET, SENSITIVITY)}
