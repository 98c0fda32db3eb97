"""Tables of the pool's control plane, one module a noun. Records themselves are in the log."""

from .areas import Area as Area
from .candidates import CandidateModel as CandidateModel
from .erasures import Erasure as Erasure
from .erasures import Tombstone as Tombstone
from .holds import LegalHold as LegalHold
from .judging import Judgement as Judgement
from .judging import ReviewPair as ReviewPair
from .populations import LinkRun as LinkRun
from .populations import Population as Population
from .relating import RelationRule as RelationRule
from .retention import RetentionRule as RetentionRule
from .reviewing import ReviewSample as ReviewSample
from .reviewing import SampledPair as SampledPair
from .reviewing import Verdict as Verdict
from .surviving import SurvivorshipRule as SurvivorshipRule
from .theming import Theme as Theme
