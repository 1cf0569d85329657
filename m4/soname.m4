# SPDX-License-Identifier: Apache-2.0
# SONAME_OF(VARIABLE, PREFIX, LIBS)
# By what name the dynamic linker knows the library of LIBS whose name starts with PREFIX:
# defines VARIABLE to it. For libraries that are opened when they are first needed.
AC_DEFUN([SONAME_OF], [
AC_REQUIRE([AC_PROG_CC])
AC_REQUIRE([AC_PROG_AWK])
AC_CHECK_TOOL([READELF], [readelf], [:])
AS_VAR_PUSHDEF([soname], [soname_cv_$2])
AC_CACHE_CHECK([what the library $2 is called], [soname], [
	soname_save_LIBS=$LIBS
	LIBS="-Wl,--no-as-needed $3 $LIBS"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[soname=`$READELF -d conftest$EXEEXT |
			$AWK '/NEEDED/ { gsub(/@<:@^a-zA-Z0-9_.+-@:>@/, "", $NF) }
				$NF ~ /^$2/ { print $NF; exit }'`])
	LIBS=$soname_save_LIBS
])
AS_IF([test "x$soname" = x], [AC_MSG_ERROR([no shared library $2 found])])
AC_DEFINE_UNQUOTED([$1], ["$soname"], [The shared library $2.])
AS_VAR_POPDEF([soname])
])
