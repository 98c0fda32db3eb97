"""Quality of the links 关联质量: where they may be wrong, what people said about it, and how good they are.

Terms
    doubt       a pair of records about which the machine may be wrong: merged 疑似误合 (in one file, held together by
                little) or apart 疑似漏合 (in two, though much speaks for one). `doubts` ranks them by what a verdict
                would be worth: false merges first, since they show one person's data in another's file.
    verdict     意见: one reviewer's word on a pair. Two reviewers speak without seeing one another; where they
                disagree a third decides (`agreeing`). What comes of it is a judgement, which linking obeys.
    sample      质量抽样: pairs of records drawn at random from the links of one run, some from every stratum of the
                score, above the threshold and below it (`frame`). The seed is on record: the same data and seed
                draw the same pairs.
    estimate    precision, recall and calibration of the run, with intervals (`statistics`, `estimates`), and the
                same by group of people (`groups`).

Invariants
    What is estimated is about record pairs of the run that was drawn from, each as likely as the weights say;
    nothing learned from the sample goes back into its own estimate.
    A reviewer who has not spoken sees nobody's verdict on the pair.
    `agreeing`, `frame`, `groups` and `statistics` are pure.
Start reading at `frame`, then `statistics`.
"""
