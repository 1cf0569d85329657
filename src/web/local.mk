libcore_a_SOURCES += \
	src/web/host.c		src/web/host.h		\
	src/web/listen.c	src/web/listen.h	\
	src/web/metrics.c	src/web/metrics.h	\
	src/web/microhttpd.c	src/web/microhttpd.h	\
	src/web/server.c	src/web/server.h
