"""The lessons in the order in which they are taught."""

from pages.parts.browser.learn import Lesson
from pages.parts.learn.coreset import CORESET
from pages.parts.learn.distillation import DISTILLATION
from pages.parts.learn.distiller import DISTILLER
from pages.parts.learn.predict import PREDICT
from pages.parts.learn.rare import RARE
from pages.parts.learn.sensitivity import SENSITIVITY

LESSONS: dict[str, Lesson] = {
    lesson.name: lesson for lesson in (DISTILLATION, CORESET, SENSITIVITY, RARE, PREDICT, DISTILLER)
}
