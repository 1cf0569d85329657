libcore_a_SOURCES += \
	src/reconcile/charges.c		src/reconcile/charges.h		\
	src/reconcile/csv.c		src/reconcile/csv.h		\
	src/reconcile/group.c		src/reconcile/group.h		\
	src/reconcile/history.c		src/reconcile/history.h		\
	src/reconcile/list.c		src/reconcile/reconcile.h	\
	src/reconcile/pages.c		\
	src/reconcile/print.c		src/reconcile/print.h		\
	src/reconcile/print_json.c	\
	src/reconcile/print_table.c	\
	src/reconcile/print_totals.c	\
	src/reconcile/shop.c		src/reconcile/shop.h		\
	src/reconcile/verdict.c		src/reconcile/verdict.h
