libcore_a_SOURCES += \
	src/pipeline/batch.c	src/pipeline/batch.h	\
	src/pipeline/engine.c	src/pipeline/engine.h	\
	src/pipeline/choice.c	src/pipeline/choice.h	\
	src/pipeline/evaluate.c	src/pipeline/evaluate.h	\
	src/pipeline/gaps.c	src/pipeline/gaps.h	\
	src/pipeline/journal.c	src/pipeline/journal.h	\
	src/pipeline/live.c	src/pipeline/live.h	\
	src/pipeline/progress.c	src/pipeline/progress.h	\
	src/pipeline/ruletest.c	src/pipeline/ruletest.h	\
	src/pipeline/runs.c	src/pipeline/runs.h	\
	src/pipeline/settle.c	src/pipeline/settle.h	\
	src/pipeline/worker.c	src/pipeline/worker.h
