libcore_a_SOURCES += \
	src/worker/choice.c	src/worker/choice.h	\
	src/worker/evaluate.c	src/worker/evaluate.h	\
	src/worker/inflight.c	src/worker/inflight.h	\
	src/worker/pack.c	src/worker/pack.h	\
	src/worker/parts.c	src/worker/parts.h	\
	src/worker/progress.c	src/worker/progress.h	\
	src/worker/runs.c	src/worker/runs.h	src/worker/runs_state.h	\
	src/worker/runs_merge.c	\
	src/worker/worker.c	src/worker/worker.h
